"""JupyterLab's line to a kernel, where small messages are sent at once.

TCP holds a small packet back until the one before it has been acknowledged, which takes up to 40 ms; an instrument's frame
comes among such packets. `lessonkit lab` tells the server to use this class.
"""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The server's own connection, with TCP_NODELAY."""

    def connect(self):
        """Connect to the kernel, once the browser's end is open."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

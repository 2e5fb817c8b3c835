"""JupyterHub for a class on one machine: a Unix account, a JupyterLab and a folder for each learner. See docs/hub.md."""

import asyncio
import pwd
import sys
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from accounts import GROUP, end_processes, limit, listener  # noqa: E402

STATE = Path("/var/lib/lessonkit-hub")  # root's alone: the hub's database and secrets
KEYS = Path("/etc/lessonkit-hub")  # cert.pem and key.pem


class LearnerSpawner(LocalProcessSpawner):
    """A server with the rights of its learner, within limits; when it ends, no process of the learner goes on."""

    def make_preexec_fn(self, name):
        become = super().make_preexec_fn(name)

        def prepare():
            limit()
            become()

        return prepare

    async def start(self):
        account = pwd.getpwnam(self.user.name)
        end_processes(account)
        address, port = await super().start()
        # Another learner's program could take the port before the server does, and would then be shown in the server's place.
        while (owner := listener(port)) is None and await self.poll() is None:
            await asyncio.sleep(0.1)
        if owner != account.pw_uid:
            await self.stop(now=True)
            raise RuntimeError(f"port {port} was taken by account {owner} before the server of {self.user.name} had it")
        return address, port


c = get_config()  # noqa: F821

c.JupyterHub.spawner_class = LearnerSpawner
c.Spawner.cmd = [sys.executable, str(HERE / "open_lab.py")]
c.Spawner.default_url = "/lab/tree/notebooks/00-start.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # a class logs in within the same minute
c.Spawner.poll_interval = 10
c.Spawner.post_stop_hook = lambda spawner: end_processes(pwd.getpwnam(spawner.user.name))
c.LocalProcessSpawner.popen_kwargs = {"umask": 0o077}  # what a learner writes is for no other account
c.LocalProcessSpawner.interrupt_timeout = c.LocalProcessSpawner.term_timeout = 5

# Accounts and passwords of this machine. For a course, take the university's own login: see docs/hub.md.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {GROUP}
c.PAMAuthenticator.open_sessions = False

# Ports below 1024: a learner's program cannot listen there in the hub's place while the hub is down.
c.JupyterHub.bind_url = "https://:443"
c.JupyterHub.hub_port = 881
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:882"
c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = str(KEYS / "cert.pem"), str(KEYS / "key.pem")

c.JupyterHub.db_url = f"sqlite:///{STATE / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

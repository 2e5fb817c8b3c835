"""Networks small enough to read. A network holds no parameters: they are one flat array that you pass in.

One array means that one call of a rule updates every layer; `views` shows the layers in it.
"""

from lessonkit.problems.networks.layered import convnet, mlp
from lessonkit.problems.networks.recurrent import rnn

__all__ = ["convnet", "mlp", "rnn"]

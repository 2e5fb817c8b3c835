"""Hostile answers: what an attacker puts into the cell of a rule. None of them may get its marks, or harm anything else."""

SGD = "def sgd(theta, g, lr):\n    return theta - lr * g\n"
BROKEN = "def sgd(theta, g, lr):\n    return theta\n"
SEARCH = (
    "import os\nfound = [os.path.join(folder, name) for top in ('/home', '/given/lessonkit', '/tmp', '/work', '/root', '/var', '/mnt') "
    "for folder, _, names in os.walk(top) for name in names if name.endswith('{}')]\n"
)

ATTACKS = {
    "exits at once": "import os\nos._exit(0)",
    "exits with sys.exit": "import sys\nsys.exit(0)",
    "raises SystemExit when called": "def sgd(theta, g, lr):\n    raise SystemExit(0)",
    "raises KeyboardInterrupt": "def sgd(theta, g, lr):\n    raise KeyboardInterrupt",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "aborts": "import os\nos.abort()",
    "crashes the interpreter": "import ctypes\nctypes.string_at(0)",
    "loops and swallows interrupts": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "sleeps with all signals ignored": "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\ntime.sleep(1000)",
    "forks for ever": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "starts threads for ever": "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(100,)).start()\n    except RuntimeError: pass",
    "leaves a daemon behind": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\n" + BROKEN,
    "takes all memory": "x = []\nwhile True: x.append(bytearray(10 ** 8))",
    "asks for more memory than there is": "x = bytearray(10 ** 12)",
    "fills the disk": "import tempfile\nwith open('/home/x', 'wb') as f:\n    while True: f.write(b'0' * 10 ** 6)",
    "writes to shared memory": "open('/dev/shm/x', 'w').write('mine')\n" + SGD,
    "floods the output": "import os\nwhile True: os.write(1, b'x' * 10 ** 6)",
    "floods every open file": "import os\nfor fd in range(32):\n    try:\n        for _ in range(100): os.write(fd, b'\\xff' * 10 ** 6)\n    except OSError: pass\n"
    + BROKEN,
    "forges a message of success": "import os, json\nframe = json.dumps({'passed': True, 'points': 99, 'number': 1.0}).encode()\nfor fd in range(3, 32):\n    try: os.write(fd, len(frame).to_bytes(4, 'big') + frame)\n    except OSError: pass\n"
    + BROKEN,
    "forges the grader's own messages": "import os, json\nfor message in ({'done': True}, {'answer': 0, 'outcome': {'number': 1.0}}, {'ready': True}):\n    frame = json.dumps(message).encode()\n    for fd in range(3, 32):\n        try: os.write(fd, len(frame).to_bytes(4, 'big') + frame)\n        except OSError: pass\n"
    + BROKEN,
    "says a frame of four gigabytes comes": "import os\nfor fd in range(3, 32):\n    try: os.write(fd, b'\\xff' * 4)\n    except OSError: pass\nimport time\ntime.sleep(1)\n"
    + BROKEN,
    "sends deeply nested JSON": "import os\nframe = b'[' * 10 ** 6\nfor fd in range(3, 32):\n    try: os.write(fd, len(frame).to_bytes(4, 'big') + frame)\n    except OSError: pass\n"
    + BROKEN,
    "patches numpy's comparisons": "import numpy as np\nnp.array_equal = np.allclose = np.isclose = lambda *a, **k: True\n"
    + BROKEN,
    "patches numpy's testing": "import numpy.testing\nnumpy.testing.assert_allclose = lambda *a, **k: None\n" + BROKEN,
    "patches the runner": "import sys\nrunner = sys.modules['lessonkit.sandboxed.runner']\nrunner.ask = lambda *a: None\nrunner.play = lambda *a: None\n"
    + BROKEN,
    "patches the sandbox's program": "import sys\nmain = sys.modules['__main__']\nfor m in list(sys.modules.values()):\n    for name in ('ask', 'respond', 'send', 'pack'):\n        if hasattr(m, name): setattr(m, name, lambda *a, **k: {'passed': True})\n"
    + BROKEN,
    "returns an object that equals everything": "class Yes:\n    def __eq__(self, other): return True\n    def __array__(self, *a, **k): raise TypeError\n    shape = (6,)\ndef sgd(theta, g, lr):\n    return Yes()",
    "returns an array of a subclass that equals everything": "import numpy as np\nclass Yes(np.ndarray):\n    def __eq__(self, other): return np.ones(self.shape, bool)\n    def __array_ufunc__(self, *a, **k): return 0.0\ndef sgd(theta, g, lr):\n    return theta.view(Yes)",
    "returns a float that lies about itself": "class Liar(float):\n    def __sub__(self, other): return 0.0\n    __rsub__ = __abs__ = __sub__\ndef sgd(theta, g, lr):\n    return Liar(1)",
    "reads the frames above it": "import sys\ndef sgd(theta, g, lr):\n    frame = sys._getframe()\n    while frame:\n        for value in frame.f_locals.values():\n            if isinstance(value, dict) and 'expected' in value: return value['expected']\n        frame = frame.f_back\n    return theta",
    "looks for expected values in all objects": "import gc\nfound = [o for o in gc.get_objects() if isinstance(o, dict) and 'right' in o]\ndef sgd(theta, g, lr):\n    return found[0]['right']",
    "imports the course's own rule": "from lessonkit import sgd",
    "imports the course's rules by their file": "from lessonkit.rules.optimizers import sgd",
    "imports the judge": "from lessonkit.judging.judge import judge\nassert judge\n" + SGD,
    "imports the catalogue": "from lessonkit.judging.catalogue import EXERCISES\nexec(EXERCISES['sgd'].source)",
    "searches the disk for the course": SEARCH.format("optimizers.py") + "exec(open(found[0]).read())\n",
    "reads the gradebook": SEARCH.format("gradebook.sqlite") + "open(found[0]).read()\n" + SGD,
    "reads other submissions": SEARCH.format(".ipynb") + "exec(open(found[0]).read())\n" + SGD,
    "reads the password file": "open('/etc/shadow').read()\n" + SGD,
    "reads another process's memory": "open('/proc/1/mem', 'rb').read(10)\n" + SGD,
    "traces its keeper": "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nif libc.ptrace(16, os.getppid() or 1, 0, 0) != 0: raise PermissionError\n"
    + SGD,
    "signals everyone": "import os, signal\nfor pid in (-1, 0, 1, 2, os.getppid()):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass\n"
    + BROKEN,
    "calls the network": "import socket\nsocket.create_connection(('127.0.0.1', 8888), timeout=3)\n" + SGD,
    "asks for a name": "import socket\nsocket.getaddrinfo('example.org', 80)\n" + SGD,
    "runs a shell": "import subprocess\nsubprocess.run(['sh', '-c', 'true'], check=True)\n" + SGD,
    "mounts a file system": "import ctypes\nlibc = ctypes.CDLL(None)\nif libc.mount(b'none', b'/home', b'tmpfs', 0, None) != 0: raise PermissionError\n"
    + SGD,
    "becomes root": "import os\nos.setuid(0)\nos.listdir('/root')\nopen('/etc/shadow').read()\n" + SGD,
    "a late thread changes what is judged": "import threading, gc, time\nimport numpy as np\ndef later():\n    while True:\n        for o in gc.get_objects():\n            if isinstance(o, np.ndarray):\n                try: o[...] = 0\n                except Exception: pass\nthreading.Thread(target=later, daemon=True).start()\n"
    + BROKEN,
    "deep recursion": "def f(): f()\nimport sys\nsys.setrecursionlimit(10 ** 9)\nf()",
    "deeply nested source": "x = " + "(" * 5000 + ")" * 5000,
    "a million lines of nothing": "\n" * 90_000 + BROKEN,
    "null bytes in the source": "x = '\\0'\n\0",
    "an exception that tells the inputs": "def sgd(theta, g, lr):\n    raise type(f'E{theta[0]}'.replace('.', '_'), (Exception,), {})(repr(theta))",
    "an exception that cannot be shown": "class E(Exception):\n    def __str__(self): raise E()\n    __repr__ = __str__\nraise E()",
    "replaces builtins": "import builtins\nbuiltins.len = builtins.isinstance = builtins.float = lambda *a: True\n"
    + BROKEN,
    "replaces os.fork and exit": "import os\nos._exit = lambda *a: None\nos.fork = lambda: 0\n" + BROKEN,
    "closes every file": "import os\nos.closerange(0, 64)\n" + BROKEN,
    "defines its name as something else": "sgd = 7",
    "defines a generator": "def sgd(theta, g, lr):\n    yield theta - lr * g",
    "returns numbers that are not finite": "def sgd(theta, g, lr):\n    return theta * float('nan')",
    "takes memory with arithmetic alone": "import numpy as np\nx = []\nfor k in range(10 ** 6): x.append(np.ones(10 ** 7))\n"
    + SGD,
    "loops with arithmetic alone": "for k in range(10 ** 18): pass\n" + SGD,
    "makes NumPy its builtins": "import numpy as __builtins__\nsave('/home/x', 1)\n" + SGD,
    "climbs from a generator to the frames above": "x = (k for k in [1])\nimport numpy as np\nframe = [x.gi_frame.f_back for k in x]\n"
    + BROKEN,
    "recurses in arithmetic": "def sgd(theta, g, lr):\n    return sgd(theta, g, lr)",
    "returns far too much": "import numpy as np\ndef sgd(theta, g, lr):\n    return np.zeros(10 ** 7)",
}

RAW = """import base64, json, os
def frame(**message):
    text = json.dumps(message).encode()
    return len(text).to_bytes(4, "big") + text
"""
SCAN = """import ctypes, os
first, last = bytes([0xde, 0xbc, 0x9a]), bytes([0x40, 0x62, 0x34, 0x56, 0x78])  # of a number, in two parts
def pages():
    libc = ctypes.CDLL(None)
    libc.sbrk.restype = ctypes.c_void_p
    tops = [libc.sbrk(0), *(id(o) for o in ([], object(), "x" * 700, b"y" * 5000, bytearray(3 * 10 ** 6)))]
    return {top // 4096 * 4096 + 4096 * k for top in tops for k in range(-3000, 1000)}
def search():
    libc = ctypes.CDLL(None, use_errno=True)
    for page in pages():
        ctypes.set_errno(0)
        libc.access(ctypes.c_void_p(page), 0)  # which says so, and does not crash, where nothing is
        if ctypes.get_errno() == 14: continue
        held, place = ctypes.string_at(page, 4096), -1
        while (place := held.find(first, place + 1)) >= 0:
            if held[place + 3:place + 8] == last[::-1]: return True
    return False
def told(clip):
    clip(np.full(500, float.fromhex("0x1.23456789abcdep7")), 1.0)"""
FORGERIES = {  # of a learner's test: none looks for a mistake, and each would win if it were told more than one version
    "asks for all versions and believes the majority": RAW
    + """def test_clip_by_value(clip):
    g = {"shape": [3], "numbers": base64.b64encode(np.array([-3.0, 0.2, 3.0]).tobytes()).decode()}
    said = []
    for version in range(11):
        os.write(clip.speaks, frame(version=version, number=version, call=[g, 1.0]))
        size = int.from_bytes(os.read(clip.speaks, 4), "big")
        said.append(os.read(clip.speaks, size))
    mine = clip(np.array([-3.0, 0.2, 3.0]), 1.0)
    usual = json.loads(max(said, key=said.count))["result"]["numbers"]
    assert np.allclose(mine, np.frombuffer(base64.b64decode(usual)))""",
    "looks at nothing but its number": """def test_clip_by_value(clip):
    assert getattr(clip, "number", 0) == 0""",
    "answers for all versions at once": RAW
    + """def test_clip_by_value(clip):
    for version in range(11):
        os.write(clip.speaks, frame(error=None if version == 0 else "AssertionError"))
    os._exit(0)""",
    "answers for another version": RAW
    + """def test_clip_by_value(clip):
    os.write(clip.speaks, frame(version=5, error="AssertionError") + frame(errors=[None] + ["AssertionError"] * 10))
    os._exit(0)""",
    "lets the first pass, and stops the others by their place": """def test_clip_by_value(clip, place=[]):
    place.append(1)
    assert len(place) < 2""",
    "believes what most said before": """import builtins
def test_clip_by_value(clip):
    builtins.said = getattr(builtins, "said", []) + [tuple(clip(np.array([-3.0, 0.2, 3.0]), 1.0))]
    assert max(said, key=said.count) == said[-1]""",
}
TRACES = {  # what one run of a test could leave to the next: each rejects a version where it finds something
    "in a module": "import numpy\ndef test_clip_by_value(clip):\n    assert not hasattr(numpy, 'seen')\n    numpy.seen = 1",
    "in builtins": "import builtins\ndef test_clip_by_value(clip):\n    assert not hasattr(builtins, 'seen')\n    builtins.seen = 1",
    "in the candidate's class": "def test_clip_by_value(clip):\n    assert not hasattr(type(clip), 'seen')\n    type(clip).seen = 1",
    "in NumPy's own generator": "def test_clip_by_value(clip):\n    first = np.random.RandomState(7).rand()\n    assert np.random.rand() != first\n    np.random.seed(7)",
    "in a default": "def test_clip_by_value(clip, seen=[]):\n    assert not seen\n    seen.append(1)",
    "in a default of a function inside": "def made(seen=[0]):\n    return seen\ndef test_clip_by_value(clip):\n    assert made()[0] == 0\n    made()[0] = 1",
    "in a list": "seen = []\ndef test_clip_by_value(clip):\n    assert not seen\n    seen.append(1)",
    "in an array": "seen = np.zeros(3)\ndef test_clip_by_value(clip):\n    assert seen[0] == 0\n    seen[0] = 1",
    "in a generator": "seen = (k for k in [1])\ndef test_clip_by_value(clip):\n    assert sum(seen) == 1",
    "in memory that is not cleared": "def test_clip_by_value(clip):\n    assert not np.any(np.empty(5000) == 7.25)\n    x = np.full(5000, 7.25)",
    "in memory that it keeps": "keep = []\nkeep.append(keep)\ndef test_clip_by_value(clip):\n    keep.append(np.zeros(80_000_000))",
    "in the memory of its keeper": SCAN
    + """
def test_clip_by_value(clip):
    assert not search()
    told(clip)""",
    "in a process": "import os, time\ndef test_clip_by_value(clip):\n    for pid in range(3, 9):\n        try: os.kill(pid, 0)\n        except OSError: continue\n        assert pid == os.getpid()\n    try: pid = os.fork()\n    except OSError: return\n    if pid == 0:\n        os.setsid()\n        time.sleep(100)",
    "in a file": "import os\ndef test_clip_by_value(clip):\n    for folder in ('/home', '/dev', '/dev/shm', '/given', '/tmp', '/var/tmp', '/usr/lib'):\n        assert not os.path.exists(folder + '/seen')\n        try: open(folder + '/seen', 'w').close()\n        except OSError: pass",
    "in a lock": "import fcntl\ndef test_clip_by_value(clip):\n    f = open('/given/lessonkit/sandboxed/messages.py')\n    try: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\n    except PermissionError: return\n    assert False",
    "in the times of a device": "import os\ndef test_clip_by_value(clip):\n    assert os.stat('/dev/null').st_mtime_ns % 1000 != 777\n    try: os.utime('/dev/null', ns=(777, 777))\n    except OSError: pass\n    try: os.utime('/dev/null')\n    except PermissionError: return\n    assert False",
    "in a message queue": "import ctypes, os\nnumber = {'x86_64': 240, 'aarch64': 180}[os.uname().machine]\ndef test_clip_by_value(clip):\n    libc = ctypes.CDLL(None, use_errno=True)\n    libc.syscall(number, b'seen', os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600, None)\n    assert ctypes.get_errno() != 17",
    "in a priority": "import os\ndef test_clip_by_value(clip):\n    assert os.getpriority(os.PRIO_PROCESS, 0) == start\n    for kind, whom in ((os.PRIO_PROCESS, 1), (os.PRIO_PROCESS, 2), (os.PRIO_USER, 0)):\n        try: os.setpriority(kind, whom, start + 5)\n        except OSError: pass\nstart = os.getpriority(os.PRIO_PROCESS, 0) and 0",
    "in a limit": "import resource\ndef test_clip_by_value(clip):\n    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 32\n    for pid in (1, 2):\n        try: resource.prlimit(pid, resource.RLIMIT_NOFILE, (20, 20))\n        except OSError: pass",
    "in the seconds that are left": "import resource, time\ndef test_clip_by_value(clip):\n    assert resource.getrlimit(resource.RLIMIT_CPU)[0] == int(resource.getrlimit(resource.RLIMIT_CPU)[0])\n    assert not any(-60 < resource.getrlimit(k)[0] - time.monotonic() < 60 for k in range(16))",
    "in the clock of its keeper": "import time\ndef test_clip_by_value(clip):\n    for pid in (1, 2):\n        try: time.clock_gettime(~pid << 3 | 2)\n        except OSError: continue\n        assert False",
    "in the pages that were read": "import os\ndef test_clip_by_value(clip):\n    f = os.open('/given/lessonkit/sandboxed/messages.py', os.O_RDONLY)\n    try: os.preadv(f, [bytearray(10)], 0, os.RWF_NOWAIT)\n    except PermissionError: return\n    assert False",
    "in addresses": "def test_clip_by_value(clip):\n    assert ' at 0x' not in f'{clip}{clip!r}'",
}


def attack(name, rule, right, broken):
    """An attack in the place of another rule, whose arguments are others; `right` and `broken` are that rule's sources."""
    head = right.splitlines()[0]
    source = ATTACKS[name]
    for ending, ours in ((SGD, right), (BROKEN, broken)):
        source = source.removesuffix(ending) + ours if source.endswith(ending) else source
    return source.replace("def sgd(theta, g, lr):", head).replace("sgd", rule)

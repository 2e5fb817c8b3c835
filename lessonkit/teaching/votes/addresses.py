"""The addresses of this machine: which one phones can reach, and whether a page was asked for by one of them."""

import functools
import ipaddress
import socket
import traceback
from urllib.parse import urlsplit

from tornado.web import HTTPError

from lessonkit.teaching.votes.limits import complain

SOMEWHERE = ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254")  # nothing is sent there
ADDED = ("local", "lan", "home.arpa", "fritz.box")  # what networks at home and in halls add to a machine's name


def own_address():
    """The address of this machine in its network; 127.0.0.1 if it is in none."""
    for target in SOMEWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((target, 9))  # only looks up by which of its addresses this machine would send
            except OSError:
                continue
            return asking.getsockname()[0]
    return "127.0.0.1"


@functools.cache  # the full name may have to be looked up in the network
def own_names():
    """The names of this machine."""
    name = socket.gethostname().lower()
    bare = name.split(".")[0]
    full = socket.getfqdn(name).lower()
    return {"localhost", name, bare, *(f"{bare}.{ending}" for ending in ADDED)} | (
        {full} if full.startswith(f"{bare}.") else set()
    )


def is_own(host):
    """Whether a page may be asked for by this name: an address, or one of this machine's names.

    Otherwise any web page could name its own host, let that lead to this machine, and speak to it from a student's browser. No page
    can do that with an address.
    """
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() in own_names()
    return True


def is_loopback(host):
    """Whether a name of this machine leads here from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class AtOwnAddress:
    """A handler of Tornado's that answers only by an address of this machine, and prints nothing of a request."""

    def prepare(self):
        try:
            urlsplit(self.request.headers.get("Origin", ""))
        except ValueError:
            raise HTTPError(403) from None
        if not is_own(self.request.host_name):
            raise HTTPError(403)

    def log_exception(self, kind, error, trace):
        if not isinstance(error, HTTPError):
            place = traceback.extract_tb(trace)[-1]
            complain(f"{kind.__name__} in {place.filename}, line {place.lineno}; please report it")

"""The addresses of this machine: which one phones can reach, and whether a page was asked for by one of them."""

import ipaddress
import socket

SOMEWHERE = ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254")  # nothing is sent there


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


def is_own(host):
    """Whether a page may be asked for by this name: an address, or this machine's name, whatever the network adds to it.

    Otherwise any web page could name its own host, let that lead to this machine, and speak to it from a student's browser.
    """
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower().split(".")[0] in {"localhost", socket.gethostname().lower().split(".")[0]}
    return True


def is_loopback(host):
    """Whether a name of this machine leads here from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"

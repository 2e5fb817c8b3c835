"""System calls that no answer needs, and that would lead out of its limits or its sandbox: a filter for them, where it is known how."""

import ctypes
import os
import struct

FORBIDDEN = {  # by machine: its number in the kernel's audit; the numbers of the calls; and of those that are allowed where one of their
    # arguments, counted from 0, is below a limit, or is one value more: (number, argument, limit, value)
    "x86_64": (
        0xC000003E,
        {
            "shmget": 29,
            "shmat": 30,
            "shmctl": 31,
            "semget": 64,
            "msgget": 68,
            "memfd_create": 319,
            "memfd_secret": 447,  # memory that no limit counts
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,  # keys that outlive a process
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "pidfd_getfd": 438,
            "kcmp": 312,  # other processes
            "unshare": 272,
            "setns": 308,
            "mount": 165,
            "umount2": 166,
            "pivot_root": 155,
            "move_mount": 429,
            "open_tree": 428,
            "fsopen": 430,
            "bpf": 321,
            "perf_event_open": 298,
            "userfaultfd": 323,
            "io_uring_setup": 425,
            "personality": 135,
            "socket": 41,
            "socketpair": 53,
            "mq_open": 240,
            "setpriority": 141,
            "ioprio_set": 251,
            "sched_setaffinity": 203,
            "sched_setscheduler": 144,
            "sched_setparam": 142,
            "sched_setattr": 314,  # what the next copy could notice
            "mincore": 27,
            "preadv2": 327,
            "fadvise64": 221,
            "readahead": 187,
            "cachestat": 451,
            "getrusage": 98,  # which files were read before
            "pipe": 22,
            "pipe2": 293,  # have a number that all of the machine share
            # what stays with a file or device of the machine, or is told of it
            "utime": 132,
            "utimes": 235,
            "futimesat": 261,
            "utimensat": 280,
            "chmod": 90,
            "fchmod": 91,
            "fchmodat": 268,
            "fchmodat2": 452,
            "chown": 92,
            "fchown": 93,
            "lchown": 94,
            "fchownat": 260,
            "setxattr": 188,
            "lsetxattr": 189,
            "fsetxattr": 190,
            "removexattr": 197,
            "lremovexattr": 198,
            "fremovexattr": 199,
            "setxattrat": 463,
            "removexattrat": 466,
            "flock": 73,
            "inotify_init": 253,
            "inotify_init1": 294,
            "inotify_add_watch": 254,
            "fanotify_init": 300,
        },
        {"prlimit64": (302, 0, 1), "clock_gettime": (228, 0, 1 << 31), "fcntl": (72, 1, 5, 1030)},
    ),  # other processes, their clocks; locks on files
    "aarch64": (
        0xC00000B7,
        {
            "shmget": 194,
            "shmctl": 195,
            "shmat": 196,
            "semget": 190,
            "msgget": 186,
            "memfd_create": 279,
            "memfd_secret": 447,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "ptrace": 117,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "pidfd_getfd": 438,
            "kcmp": 272,
            "unshare": 97,
            "setns": 268,
            "mount": 40,
            "umount2": 39,
            "pivot_root": 41,
            "move_mount": 429,
            "open_tree": 428,
            "fsopen": 430,
            "bpf": 280,
            "perf_event_open": 241,
            "userfaultfd": 282,
            "io_uring_setup": 425,
            "personality": 92,
            "socket": 198,
            "socketpair": 199,
            "mq_open": 180,
            "setpriority": 140,
            "ioprio_set": 30,
            "sched_setaffinity": 122,
            "sched_setscheduler": 119,
            "sched_setparam": 118,
            "sched_setattr": 274,
            "mincore": 232,
            "preadv2": 286,
            "fadvise64": 223,
            "readahead": 213,
            "cachestat": 451,
            "getrusage": 165,
            "pipe2": 59,
            "utimensat": 88,
            "fchmod": 52,
            "fchmodat": 53,
            "fchmodat2": 452,
            "fchown": 55,
            "fchownat": 54,
            "setxattr": 5,
            "lsetxattr": 6,
            "fsetxattr": 7,
            "removexattr": 14,
            "lremovexattr": 15,
            "fremovexattr": 16,
            "setxattrat": 463,
            "removexattrat": 466,
            "flock": 32,
            "inotify_init1": 26,
            "inotify_add_watch": 27,
            "fanotify_init": 262,
        },
        {"prlimit64": (261, 0, 1), "clock_gettime": (113, 0, 1 << 31), "fcntl": (25, 1, 5, 1030)},
    ),
}
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # of the kernel's filter language
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refused is "not permitted"
OTHER_NUMBERS = 0x40000000  # of the same calls, for programs with short pointers


def forbid_system_calls():
    """Refuse `FORBIDDEN` to this process and all that it will start, for ever. Needs PR_SET_NO_NEW_PRIVS; nothing on other machines."""
    if os.uname().machine not in FORBIDDEN:
        return
    audit, calls, bounded = FORBIDDEN[os.uname().machine]
    steps = [
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),
        (AT_LEAST, 0, 1, OTHER_NUMBERS),
        (RETURN, 0, 0, REFUSE),
    ]
    for number in calls.values():
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    for number, argument, limit, *more in bounded.values():
        steps += [
            (EQUAL, 0, 5, number),
            (LOAD, 0, 0, 16 + 8 * argument),
            (EQUAL, 1, 0, *(more or [0])),
            (AT_LEAST, 1, 0, limit),
            (RETURN, 0, 0, ALLOW),
            (RETURN, 0, 0, REFUSE),
        ]
    steps.append((RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code)))
    if ctypes.CDLL(None, use_errno=True).prctl(22, 2, program, 0, 0) != 0:  # PR_SET_SECCOMP, a filter
        raise OSError(ctypes.get_errno(), "no filter for system calls")

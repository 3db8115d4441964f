"""What both peers share: one command a line on stdin, one line of JSON a command on stdout."""

import ctypes
import json
import os
import sys


def keep_memory():
    """Makes glibc keep what PyTorch frees, on huge pages: the gain for which PyTorch's tuning guide names tcmalloc.

    Without it every step gives its logits back to the kernel and faults them in again. Call it before importing torch.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    libc = ctypes.CDLL(None)
    m_trim_threshold, m_mmap_max = -1, -4  # <malloc.h>
    libc.mallopt(m_mmap_max, 0)
    libc.mallopt(m_trim_threshold, 2**31 - 1)


def serve(commands):
    """Answers commands until `quit` or the end of stdin; `commands` maps a name to a function of the line's integers."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to stderr, so that stdout holds answers alone
    for line in sys.stdin:
        name, *arguments = line.split() or [""]
        if name == "quit":
            break
        if name in commands:
            answer = commands[name](*map(int, arguments))
        else:
            answer = {"error": f"unknown command {name!r}; known: {', '.join(commands)}, quit"}
        print(json.dumps(answer), file=answers, flush=True)


def peak_rss_mb():
    """The process's peak resident set (VmHWM), in MiB."""
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return round(int(peak.split()[1]) / 1024, 1)

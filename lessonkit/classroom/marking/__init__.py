"""Marks one submission: runs its answers in the sandbox and judges what comes back."""

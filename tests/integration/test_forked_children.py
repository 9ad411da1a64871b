"""What a process that holds gRPC channels starts must live: `runway up` and the tests do so."""

import subprocess

import grpc

from support import identity, servers


def test_a_child_that_python_forks_while_a_channel_is_open_ends_well() -> None:
    with servers.calculator() as address, identity.channel(address) as channel:
        grpc.channel_ready_future(channel).result(timeout=10)
        # A function to run in the child makes Python fork, as the embedded PostgreSQL's start does.
        children = [
            subprocess.run(["true"], preexec_fn=int, capture_output=True, text=True, check=False)
            for _ in range(60)
        ]
    assert [(child.returncode, child.stderr) for child in children] == [(0, "")] * 60

"""The kernel's partition of a key is the one of every other client."""

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from mutua_kernel.partition import partition_of


@given(st.binary(max_size=60), st.integers(1, 64))
def test_it_is_the_partition_of_the_default_partitioner(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, every, every)

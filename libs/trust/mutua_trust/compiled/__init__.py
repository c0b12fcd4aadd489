"""The optional compiled kernel for bulk work (`pip install mutua-trust[compiled]`): the same answers, sooner.

Importing this package imports nothing; `kernel` does, and answers None where numba is absent.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from mutua_trust.index import TrustIndex
from mutua_trust.policy import PolicyBook

if TYPE_CHECKING:
    from mutua_trust.compiled.kernel import Kernel


def kernel(index: TrustIndex, policies: PolicyBook) -> "Kernel | None":
    """A kernel for this index and book; None without numba, or where the log has numbers beyond a machine's.

    It takes a photograph of the log, so it pays for bulk work only; it follows what the index learns later.
    """
    if find_spec("numba") is None:
        return None
    from mutua_trust.compiled.kernel import Kernel
    from mutua_trust.compiled.tables import Unfit

    try:
        return Kernel(index, policies)
    except Unfit:
        return None

"""JSON Pointers (RFC 6901): how every answer says where something stands."""


def pointer(*parts: str) -> str:
    """`pointer("a", "b/c")` is `/a/b~1c`; without parts it is the whole document."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def is_below(path: str, ancestor: str) -> bool:
    """Whether `path` is `ancestor` or something inside it."""
    return path == ancestor or path.startswith(ancestor + "/")

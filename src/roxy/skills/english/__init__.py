"""The words of English that several skills must know. Skills may import this package, beside the contracts."""

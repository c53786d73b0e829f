"""RESP, the Redis serialization protocol, versions 2 and 3. Pure bytes: nothing here does IO."""

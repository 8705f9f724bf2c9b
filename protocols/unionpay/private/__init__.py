"""The private sub-structures of the UnionPay family: what stands inside F44, F46 to F48, F53 to F63."""

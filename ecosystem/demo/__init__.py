"""The whole chain with real input: what `make demo` plays, as any user would with their own tools."""

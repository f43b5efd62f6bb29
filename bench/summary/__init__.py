"""The local extract against simpler ways of choosing lines."""

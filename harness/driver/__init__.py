"""The register's side: a pure machine that drives any terminal, emulated or physical."""

"""The register's side: drives any terminal, emulated or physical, through a protocol and a link."""

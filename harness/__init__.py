"""The rig: machines, links, benches, judges and faces around the codecs of `protocols`."""

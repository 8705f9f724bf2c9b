"""ZVT: the register's protocol of Germany, Austria and Switzerland, on a serial line and over TCP.

`framing` gives and takes bare APDUs; `message.parse` / `message.build` turn an APDU into a `ZvtMessage` and back;
`commands` names the control fields and lays out what stands before the bitmaps; `codes` has the code tables; `quirks`
the deviations of vendors; `explain` says it all to people.

Sources: ZVT transport protocol PA00P016 rev 04, ZVT application protocol PA00P015 rev 13.08, and what the public
implementations wirelane/ecrterm, Portalum/Portalum.Zvt and EVerest/zvt agree on.
"""

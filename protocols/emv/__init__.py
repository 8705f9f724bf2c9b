"""EMV: what chip card and terminal say to each other (EMV Books 1 to 4; ISO/IEC 7816-3 and -4; PBOC 3.0, JR/T 0025).

Pure: octets in, values out.  The card, the reader's link, the kernel and the issuer share it and nothing else.
"""

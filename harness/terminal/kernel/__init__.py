"""The EMV kernel: what a terminal does with a chip card, as generators over the wants of the card's slot.

It knows EMV and no ISO 8583.  Specifications: EMV Books 1 to 4; PBOC 3.0 (JR/T 0025) parts 6 and 12 for the contactless
path (qPBOC).
"""

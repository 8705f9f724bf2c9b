"""Concert V2 / Telium E+ (France): ENQ, ACK, STX text ETX LRC, ACK, EOT, one way and then the other.

Sources: PayXpert "USB + RS232 - Specifications" and "Concert V2 - Legacy"; what the clients pyTeliumManager 2.4.2 and
pypostelium 0.0.5 send and read.
"""

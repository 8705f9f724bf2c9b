"""Links carry bytes and know no message: memory, TCP, serial; the only room that touches the outside world."""

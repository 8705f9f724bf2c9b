"""The device under the terminal's application: its parts, what can break in them, and what people do to them."""

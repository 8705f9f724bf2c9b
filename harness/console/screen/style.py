"""How the screen is laid out: 80 columns and 24 lines are enough; from 112 columns on the paper stands by itself."""

from __future__ import annotations

CSS = """
Screen { layers: base; }
#title { height: 1; background: $primary-background; text-style: bold; padding: 0 1; }
#lamps { height: 1; }
#body { height: 1fr; }
#hints { height: auto; max-height: 3; background: $primary-background; padding: 0 1; }
#device { width: 40; }
#glass { height: 6; border: round $primary; padding: 0 1; }
#keypad { height: 4; grid-size: 4 4; grid-gutter: 0 1; margin: 0 1; }
.key, .way { width: 100%; min-width: 4; height: 1; }
#slots { height: auto; border: round $primary; padding: 0 1; }
#standing { height: 1fr; padding: 0 1; }
#ways { grid-size: 4 1; grid-gutter: 0 1; height: 1; }
#side { layout: vertical; width: 1fr; }
#paper { height: 1fr; border: round $primary; scrollbar-size-vertical: 1; background: $surface; }
#low { height: 1fr; border: round $primary; }
#paper, #happens { overflow-x: hidden; }
#happens, #parts { height: 1fr; scrollbar-size-vertical: 1; background: $surface; }
Screen.-narrow #side.parts #paper { display: none; }
Screen.-wide #side { layout: horizontal; }
Screen.-wide #paper { width: 40; height: 100%; }
Screen.-wide #low { width: 1fr; height: 100%; }
Screen.-wide #glass { height: 7; }
Choose, Fill { align: center middle; }
.dialog { width: 72; max-width: 95%; height: auto; max-height: 90%; border: round $accent; background: $surface; }
.dialog Label { width: 100%; }
.dialog OptionList { height: auto; max-height: 18; }
"""

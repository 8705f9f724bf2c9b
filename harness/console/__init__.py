"""The commands of `posrig`, one module each.  `harness.cli` loads a module when its command is named, and not before:
whoever decodes one message does not wait for a web server and a database to be imported.
"""

"""The documents in a browser of this machine while somebody writes: which page is shown, and who may ask for it.

It is told what there is to show; it reads no file and knows no clock.
"""

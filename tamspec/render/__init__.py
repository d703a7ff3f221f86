"""Workspace, state and plan → documents: HTML for sites, Markdown for the forge. It writes nothing.

Same values, same bytes: whatever leaves is sorted, and no clock but the plan's is asked. `trees` says which documents
there are, `site` prints them one by one; there is a file for the view of each kind of page, and one for each picture.
"""

"""ODSQL, the query language of the Explore API: text → nodes → checked nodes → one SQL tree.

``parse`` knows the grammar and no dataset, ``check`` knows the dataset's fields and no SQL, ``compile``
knows SQL and no text. What the SQL tree looks like in an engine's dialect is the engine's business.
"""

"""ODSQL, the query language of the Explore API: text → nodes → checked nodes → one SQL tree.

``parse`` knows the grammar and no dataset, ``check`` knows the dataset's fields and no SQL,
``compile`` knows SQL and no text. How the tree is written in a dialect is the engine's business.
"""

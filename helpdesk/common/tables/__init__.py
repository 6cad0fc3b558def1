"""Tables that people bring along and take away as CSV or XLSX: read as a stream, within limits, and written.

What can't be read is refused in words (`InvalidInput`, field `file`), naming the row where there is one.
"""

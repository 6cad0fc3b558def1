"""The line at the top of our mails, below which everything is quoted in an answer."""

# In both languages at once, so that it is found whichever language the mail was in.
MARKER = "—— 请在此线以上回复 · Reply above this line ——"

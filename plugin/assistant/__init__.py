"""The conversation: understanding what is said, turns, digressions, memory, replies.

It knows no task: each room registers what it can do in a conversation (`plugin.skills`), and
`forms.walk` walks one form.
"""

"""The page: chat, source panel, case pages. See docs/decisions/040-the-chat-page.md."""

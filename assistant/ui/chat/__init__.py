"""The conversation: view models, asking, and the Gradio page that shows them."""

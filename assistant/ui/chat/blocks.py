"""The conversation in Gradio: layout and events only. What they do stands in the modules beside this one."""

from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from assistant.ui.desk import Desk


def mount_chat(app: FastAPI, desk: "Desk") -> FastAPI:
    """The application with the conversation under /chat."""
    import gradio as gr

    with gr.Blocks(title="Caseclerk", analytics_enabled=False) as page:
        gr.HTML("")
    return gr.mount_gradio_app(app, page, path="/chat", footer_links=[])

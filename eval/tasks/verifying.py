"""The task `verify`: does the verifier believe a claim that cites this quote?"""

import time

from assistant.citations import verify_claim
from assistant.records import ProposedClaim, ProposedQuote
from eval.records import Response, Sample


def verify(sample: Sample) -> Response:
    """Check the claim `sample.question` against `sample.quote`; `supported` or `unsupported`, with the reason."""
    quote = ProposedQuote("sha256:" + "0" * 64, "0" * 64, 0, len(sample.quote), sample.quote)
    language = sample.tags.get("language", "")
    began = time.perf_counter()
    verdict = verify_claim(
        ProposedClaim(sample.question, (quote,)), [sample.quote], languages=(language,) if language else ()
    )
    spent = (time.perf_counter() - began) * 1000
    return Response(
        "supported" if verdict.supported else "unsupported", reason=verdict.because, timings_ms={"total": spent}
    )

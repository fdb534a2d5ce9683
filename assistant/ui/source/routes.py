"""Routes of the source panel."""

from fastapi import APIRouter

router = APIRouter()

"""Pages of several domains, and the list of every router that the web door serves."""

from fastapi import APIRouter

from app.pages.about import router as about

ROUTERS: tuple[APIRouter, ...] = (about,)

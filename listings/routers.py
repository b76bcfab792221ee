"""Every router of listings, in the order in which addresses are tried."""

from fastapi import APIRouter

from listings import web
from listings.imports import web as imports
from listings.pictures import web as pictures
from listings.search import web as search
from listings.storefronts import web as storefronts

ROUTERS: tuple[APIRouter, ...] = (
    search.router,
    web.for_people,
    web.router,
    storefronts.router,
    pictures.router,
    imports.for_people,
    imports.router,
)

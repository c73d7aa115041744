"""/uploads, /runs"""

import tempfile
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from litestar import Request, Router, get, post
from litestar.exceptions import ClientException
from litestar.response import Stream

from lianfang.access import throttle
from lianfang.access.rules import STAFF
from lianfang.access.scope import Scope
from lianfang.kit.crypto import Keys
from lianfang.kit.db import Database
from lianfang.kit.paging import Page
from lianfang.runs import service
from lianfang.runs.model import UPLOAD_MAX_MIB, Run, Upload
from lianfang.runs.problems import UPLOAD_TOO_LARGE

UPLOADS = throttle.Limit("uploads", 60, timedelta(hours=1))


@post("/uploads", tags=["runs"], request_max_body_size=UPLOAD_MAX_MIB << 20, takes="application/octet-stream", **STAFF)
async def upload_file(
    request: Request[Any, Any, Any], db: Database, identity: Database, keys: Keys, acting: Scope, name: str
) -> Upload:
    """Takes a file, as it is (`application/octet-stream`), for the run to come. Kept for a day until a run uses it."""
    await throttle.spend(identity, keys, UPLOADS, acting.actor)
    # to disk first: a phone with a bad network holds no database connection
    with tempfile.TemporaryFile() as spool:
        try:
            async for chunk in request.stream():
                spool.write(chunk)
        except ClientException as error:
            if error.status_code == 413:
                raise UPLOAD_TOO_LARGE(limit_mib=UPLOAD_MAX_MIB) from None
            raise
        size = spool.tell()
        spool.seek(0)
        return await service.upload(db, acting, keys, name, spool, size)


@get("/runs", tags=["runs"], **STAFF)
async def list_runs(db: Database, acting: Scope, cursor: str | None = None, limit: int | None = None) -> Page[Run]:
    """The account's own runs, newest first."""
    return await service.list_runs(db, acting, cursor, limit)


@get("/runs/{run_id:int}", tags=["runs"], **STAFF)
async def show_run(db: Database, acting: Scope, run_id: int) -> Run:
    """How far a run is, and what it made."""
    return await service.show(db, acting, run_id)


@get("/runs/{run_id:int}/files/{name:str}", tags=["runs"], media_type="application/octet-stream", **STAFF)
async def download_file(db: Database, keys: Keys, acting: Scope, run_id: int, name: str) -> Stream:
    """A file that the run made; recorded."""
    size, content = await service.download(db, acting, keys, run_id, name)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-length": str(size),
        "cache-control": "no-store",
    }
    return Stream(content, media_type="application/octet-stream", headers=headers)


router = Router("/", route_handlers=[upload_file, list_runs, show_run, download_file])

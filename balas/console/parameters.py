"""Numbers and moments in the addresses and forms of the console."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from balas.database.bounds import moment_within
from balas.values import MAX_ROW_ID

RowId = Annotated[int, Field(ge=0, le=MAX_ROW_ID)]
Moment = Annotated[datetime, AfterValidator(moment_within)]

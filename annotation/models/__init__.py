"""The application's tables, one file for each noun of the domain."""

from annotation.models.access import OneTimeLink, PersonSession
from annotation.models.decisions import Annotation, Decision, ErasurePermit, Outcome
from annotation.models.grants import Grant, Label
from annotation.models.imports import ImportRun, MappingProfile
from annotation.models.leases import Lease
from annotation.models.people import ApiToken, AuditEvent, LoginFailure, User
from annotation.models.queue import QueueItem, Skip
from annotation.models.suggestions import ModelVersion, Snapshot, Suggestion
from annotation.models.taxonomy import Category, Facet, Taxonomy, TaxonomyRelease
from annotation.models.text_pairs import TextPair

__all__ = [
    "Annotation",
    "ApiToken",
    "AuditEvent",
    "Category",
    "Decision",
    "ErasurePermit",
    "Facet",
    "Grant",
    "ImportRun",
    "Label",
    "Lease",
    "LoginFailure",
    "MappingProfile",
    "ModelVersion",
    "OneTimeLink",
    "Outcome",
    "PersonSession",
    "QueueItem",
    "Skip",
    "Snapshot",
    "Suggestion",
    "Taxonomy",
    "TaxonomyRelease",
    "TextPair",
    "User",
]

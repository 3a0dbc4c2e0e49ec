"""The application's tables, one file for each noun of the domain."""

from annotation.models.access import OneTimeLink, PersonSession
from annotation.models.adjudications import Adjudication, FacetRuling, Ruling
from annotation.models.backend_comparisons import BackendComparison, MeasuredBackend
from annotation.models.decisions import Annotation, Decision, ErasurePermit, Outcome, Reveal
from annotation.models.grants import Grant, Label
from annotation.models.guidelines import GuidelinesVersion
from annotation.models.heartbeats import Heartbeat
from annotation.models.imports import ImportRun, MappingProfile, ReplacedLabel
from annotation.models.key_choices import KeyChoice
from annotation.models.label_checks import LabelCheck
from annotation.models.leases import Lease
from annotation.models.model_versions import ModelVersion, Snapshot
from annotation.models.notes import Note
from annotation.models.notices import Notice
from annotation.models.outlooks import Outlook
from annotation.models.people import ApiToken, AuditEvent, LoginFailure, User
from annotation.models.plants import Plant, PlantReply
from annotation.models.queue import QueueItem, Skip, UndoneSkip
from annotation.models.queue_order import QueueOrder
from annotation.models.rollups import CategoryRollup, CoverageNight, GrantRollup
from annotation.models.sagemaker import SagemakerAccount
from annotation.models.sagemaker_jobs import SagemakerJob
from annotation.models.sentence_vectors import SentenceVector
from annotation.models.simulations import SimulatedCurve, SimulationRun
from annotation.models.site_settings import SiteSettings
from annotation.models.sprints import Sprint, SprintDecision, SprintGrant
from annotation.models.stored_reports import StoredReport
from annotation.models.suggestions import Suggestion
from annotation.models.taxonomy import Category, Facet, Taxonomy, TaxonomyRelease
from annotation.models.text_pairs import TextPair

__all__ = [
    "Adjudication",
    "Annotation",
    "ApiToken",
    "AuditEvent",
    "BackendComparison",
    "Category",
    "CategoryRollup",
    "CoverageNight",
    "Decision",
    "ErasurePermit",
    "Facet",
    "FacetRuling",
    "Grant",
    "GrantRollup",
    "GuidelinesVersion",
    "Heartbeat",
    "ImportRun",
    "KeyChoice",
    "Label",
    "LabelCheck",
    "Lease",
    "LoginFailure",
    "MappingProfile",
    "MeasuredBackend",
    "ModelVersion",
    "Note",
    "Notice",
    "OneTimeLink",
    "Outcome",
    "Outlook",
    "PersonSession",
    "Plant",
    "PlantReply",
    "QueueItem",
    "QueueOrder",
    "ReplacedLabel",
    "Reveal",
    "Ruling",
    "SagemakerAccount",
    "SagemakerJob",
    "SentenceVector",
    "SimulatedCurve",
    "SimulationRun",
    "SiteSettings",
    "Skip",
    "Snapshot",
    "Sprint",
    "SprintDecision",
    "SprintGrant",
    "StoredReport",
    "Suggestion",
    "Taxonomy",
    "TaxonomyRelease",
    "TextPair",
    "UndoneSkip",
    "User",
]

"""URLs of moderation."""

from django.urls import path

from .api import people, reports, reviews, site

urlpatterns = [
    path("api/v1/reports", reports.Reports.as_view(), name="api_reports"),
    path("api/v1/reports/<uuid:report_id>", reports.OneReport.as_view(), name="api_report"),
    path("api/v1/me/blocks", reports.Blocks.as_view(), name="api_blocks"),
    path("api/v1/me/blocks/<str:person>", reports.OneBlock.as_view(), name="api_block"),
    path("api/v1/reviews", reviews.Reviews.as_view(), name="api_reviews"),
    path("api/v1/reviews/decisions", reviews.BulkDecisions.as_view(), name="api_bulk_decisions"),
    path("api/v1/reviews/<uuid:review_id>", reviews.OneReview.as_view(), name="api_review"),
    path("api/v1/reviews/<uuid:review_id>/decisions", reviews.Decisions.as_view(), name="api_decisions"),
    path("api/v1/reviews/<uuid:review_id>/undo", reviews.Undo.as_view(), name="api_undo_decision"),
    path("api/v1/reviews/<uuid:review_id>/claim", reviews.Claim.as_view(), name="api_claim"),
    path("api/v1/people/<str:person>/sanctions", people.Sanctions.as_view(), name="api_sanctions"),
    path("api/v1/sanctions/<uuid:sanction_id>", people.OneSanction.as_view(), name="api_sanction"),
    path("api/v1/people/<str:person>/removals", people.Removals.as_view(), name="api_removals"),
    path("api/v1/removals/<uuid:removal_id>", people.OneRemoval.as_view(), name="api_removal"),
    path("api/v1/people/<str:person>/trust", people.PersonTrust.as_view(), name="api_trust"),
    path("api/v1/bans", site.Bans.as_view(), name="api_bans"),
    path("api/v1/bans/<uuid:ban_id>", site.OneBan.as_view(), name="api_ban"),
    path("api/v1/emergency-switch", site.EmergencySwitchView.as_view(), name="api_emergency_switch"),
    path("api/v1/saved-replies", site.SavedReplies.as_view(), name="api_saved_replies"),
    path("api/v1/saved-replies/<uuid:reply_id>", site.OneSavedReply.as_view(), name="api_saved_reply"),
]

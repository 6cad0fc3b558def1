from assets.models.asset import Asset, AssetEvent, AssetSearch
from assets.models.custody import AssetRelation, CustodyAct
from assets.models.import_job import ImportJob
from assets.models.kind import AssetAttribute, AssetType
from assets.models.licence import Licence, LicenceEvent, LicenceSeat
from assets.models.stocktake import Stocktake, StocktakeItem
from assets.models.vendor import Vendor, VendorContact, VendorContract

__all__ = [
    "Asset",
    "AssetAttribute",
    "AssetEvent",
    "AssetRelation",
    "AssetSearch",
    "AssetType",
    "CustodyAct",
    "ImportJob",
    "Licence",
    "LicenceEvent",
    "LicenceSeat",
    "Stocktake",
    "StocktakeItem",
    "Vendor",
    "VendorContact",
    "VendorContract",
]

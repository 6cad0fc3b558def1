from assets.models.vendor import Vendor, VendorContact, VendorContract

__all__ = ["Vendor", "VendorContact", "VendorContract"]

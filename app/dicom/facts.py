"""Which attributes of a header the product keeps (``Instance.facts``): what its screens, its viewer, its
directory of a bundle and its search need, and nothing else. One flat list serves every nesting level.
"""

from pydicom.datadict import dictionary_VR, tag_for_keyword

from app.dicom.record_keys import DIRECTORY_KEYWORDS

_KEPT = """
SpecificCharacterSet TimezoneOffsetFromUTC
ImageType InstanceCreationDate InstanceCreationTime SOPClassUID SOPInstanceUID
StudyDate SeriesDate AcquisitionDate ContentDate AcquisitionDateTime
StudyTime SeriesTime AcquisitionTime ContentTime
AccessionNumber IssuerOfAccessionNumberSequence Modality ModalitiesInStudy ConversionType
PresentationIntentType
Manufacturer InstitutionName InstitutionalDepartmentName ReferringPhysicianName StationName
StudyDescription SeriesDescription ManufacturerModelName ProcedureCodeSequence AnatomicRegionSequence
ReferencedImageSequence ReferencedSeriesSequence ReferencedSOPClassUID ReferencedSOPInstanceUID
ReferencedFrameNumber DerivationDescription
CurrentRequestedProcedureEvidenceSequence ReferencedSOPSequence
CodeValue LongCodeValue CodingSchemeDesignator CodingSchemeVersion CodeMeaning ViewCodeSequence
ViewModifierCodeSequence PrimaryAnatomicStructureSequence

PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs
PatientAge PatientSize PatientWeight PatientOrientation TypeOfPatientID IssuerOfPatientIDQualifiersSequence
UniversalEntityID UniversalEntityIDType PatientIdentityRemoved ResponsiblePerson PatientSpeciesDescription

ContrastBolusAgent BodyPartExamined ScanningSequence SequenceVariant SliceThickness KVP
RepetitionTime EchoTime InversionTime EchoNumbers SpacingBetweenSlices ProtocolName
GantryDetectorTilt ConvolutionKernel PatientPosition ViewPosition
CineRate FrameTime FrameTimeVector RecommendedDisplayFrameRate PreferredPlaybackSequencing StartTrim StopTrim
FrameDelay ActualFrameDuration ImageTriggerDelay TriggerTime FrameReferenceTime
ImagerPixelSpacing NominalScannedPixelSpacing EstimatedRadiographicMagnificationFactor
PixelSpacing PixelSpacingCalibrationType PixelSpacingCalibrationDescription
SequenceOfUltrasoundRegions RegionSpatialFormat RegionDataType RegionFlags RegionLocationMinX0
RegionLocationMinY0
RegionLocationMaxX1 RegionLocationMaxY1 ReferencePixelX0 ReferencePixelY0 PhysicalUnitsXDirection
PhysicalUnitsYDirection PhysicalDeltaX PhysicalDeltaY

StudyInstanceUID SeriesInstanceUID StudyID SeriesNumber AcquisitionNumber InstanceNumber ImagePositionPatient
ImageOrientationPatient FrameOfReferenceUID PositionReferenceIndicator Laterality ImageLaterality
FrameLaterality
TemporalPositionIdentifier NumberOfTemporalPositions ImagesInAcquisition SliceLocation ImageComments
SynchronizationFrameOfReferenceUID

SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames FrameIncrementPointer
Rows Columns
PixelAspectRatio BitsAllocated BitsStored HighBit PixelRepresentation SmallestImagePixelValue
LargestImagePixelValue PixelPaddingValue PixelPaddingRangeLimit QualityControlImage BurnedInAnnotation
RecognizableVisualFeatures PixelIntensityRelationship PixelIntensityRelationshipSign
WindowCenter WindowWidth WindowCenterWidthExplanation VOILUTFunction RescaleIntercept RescaleSlope
RescaleType Units
RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor
BluePaletteColorLookupTableDescriptor
LossyImageCompression LossyImageCompressionRatio LossyImageCompressionMethod
ModalityLUTSequence VOILUTSequence LUTDescriptor LUTExplanation ModalityLUTType LUTData PresentationLUTShape

SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence FrameContentSequence PlanePositionSequence
PlaneOrientationSequence PixelMeasuresSequence FrameVOILUTSequence PixelValueTransformationSequence
FrameAnatomySequence StackID InStackPositionNumber DimensionIndexValues TemporalPositionIndex
FrameAcquisitionNumber FrameReferenceDateTime TemporalPositionTimeOffset CTImageFrameTypeSequence
MRImageFrameTypeSequence PETFrameTypeSequence FrameType
TotalPixelMatrixColumns TotalPixelMatrixRows ImagedVolumeWidth ImagedVolumeHeight

CompletionFlag VerificationFlag PreliminaryFlag VerifyingObserverSequence VerificationDateTime
ConceptNameCodeSequence ConceptCodeSequence ContentSequence RelationshipType ValueType TextValue
ReferencedRequestSequence
MIMETypeOfEncapsulatedDocument DocumentTitle HL7InstanceIdentifier EncapsulatedDocumentLength
PresentationCreationDate PresentationCreationTime ContentLabel ContentDescription ContentCreatorName
StructureSetLabel StructureSetName StructureSetDate StructureSetTime
RTPlanLabel RTPlanName RTPlanDate RTPlanTime DoseSummationType DoseComment
TreatmentDate TreatmentTime InstanceNumber
SegmentSequence SegmentNumber SegmentLabel
WaveformSequence NumberOfWaveformChannels NumberOfWaveformSamples SamplingFrequency
"""

_KEPT_OF_DICOMDIR = """
SpecificCharacterSet FileSetID DirectoryRecordSequence DirectoryRecordType RecordInUseFlag
ReferencedFileID ReferencedSOPClassUIDInFile ReferencedSOPInstanceUIDInFile ReferencedTransferSyntaxUIDInFile
PatientName PatientID PatientBirthDate
"""


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return int(tag)


def tags(keywords: str) -> dict[int, str]:
    """Return the tags of ``keywords``, parted by white space, with the VR that the dictionary gives each."""
    return {tag: dictionary_VR(tag) for tag in map(_tag, keywords.split())}


FACTS = tags(_KEPT) | tags(" ".join(sorted(DIRECTORY_KEYWORDS)))
"""The kept attributes of an instance; file meta (0002,xxxx) joins them."""

DICOMDIR_FACTS = tags(_KEPT_OF_DICOMDIR)
"""What is read of a DICOMDIR: which files it lists, as what, and whom it names (PS3.3 F.3)."""

META_FACTS = tags(
    """MediaStorageSOPClassUID MediaStorageSOPInstanceUID TransferSyntaxUID ImplementationClassUID
    ImplementationVersionName SourceApplicationEntityTitle"""
)
"""The kept elements of the file meta information (PS3.10 7.1)."""

PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
"""Float, double float and ordinary pixel data: the header ends before it (PS3.3 C.7.6.3, C.7.6.24)."""

CONTENT_SEQUENCE = _tag("ContentSequence")
LUT_DATA = _tag("LUTData")
LUT_DESCRIPTORS = frozenset(
    map(
        _tag,
        (
            "LUTDescriptor",
            "RedPaletteColorLookupTableDescriptor",
            "GreenPaletteColorLookupTableDescriptor",
            "BluePaletteColorLookupTableDescriptor",
        ),
    )
)
PIXEL_REPRESENTATION = _tag("PixelRepresentation")
CHARACTER_SET = _tag("SpecificCharacterSet")

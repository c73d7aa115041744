/** What the API takes and gives, by the words of the domain. The shapes are generated
    from the server's description (schema.d.ts); here they only get their names. */
import type { components } from './schema'

type Schemas = components['schemas']

export type Lang = 'zh-CN' | 'en'

export interface Page<T> {
  items: T[]
  next: string | null
}

export type Meta = Schemas['Meta']
export type DemoAccount = Schemas['DemoAccount']

export type Me = Schemas['Me']
export type DocumentType = Schemas['Registration']['document_type']
export type CodeSent = Schemas['CodeSent']
export type MyCode = Schemas['MyCode']
export type MyVisit = Schemas['MyVisit']

/** Optional when a form is set up, always there when the server shows it. */
type Filled<T, K extends keyof T> = T & Required<Pick<T, K>>
export type Choice = Filled<Schemas['Choice'], 'label_en'>
export type Field = Omit<Filled<Schemas['Field'], 'label_en' | 'required' | 'remember'>, 'choices'> & { choices?: Choice[] }
export type FieldType = Field['type']
export type Template = Omit<Schemas['Template'], 'fields'> & { fields: Field[] }
export type ListedTemplate = Omit<Schemas['ListedTemplate'], 'fields'> & { fields: Field[] }
export type TemplateVersion = Omit<Schemas['TemplateVersion'], 'fields'> & { fields: Field[] }
export type GalleryForm = Omit<Schemas['GalleryForm'], 'fields'> & { fields: Field[] }
export type Door = Omit<Schemas['DoorPage'], 'template'> & { template: Template }
export type Answer = string | number
export type Answers = Record<string, Answer>
export type Stamp = Schemas['Stamp']
/** A scan that an attendant has to decide: not a visit yet. */
export type StillWaiting = Schemas['Waiting']
export type Need = StillWaiting['needs'][number]
export type Verdict = Schemas['GateVisit']['verdict']

export type RiskArea = Schemas['RiskArea']
export type AreaPlace = Schemas['AreaPlace']
export type Bulletin = Schemas['Bulletin']
export type ReadRow = Schemas['ReadRow']
export type PublicAreas = Schemas['PublicAreas']
export type TestSite = Schemas['TestSite']
export type OwnTicket = Schemas['OwnTicket']
export type OfficeTicket = Schemas['Ticket']
export type ListedTicket = OfficeTicket['about']
export type TicketStepName = OfficeTicket['can'][number]
export type AppealedHold = Schemas['AppealedHold']
export type Guardianship = Schemas['Guardianship']
export type SeenGuardianship = Schemas['SeenGuardianship']
export type PlanShelf = Schemas['Plans']
export type PlanSummary = PlanShelf['packs'][number]
export type PlanInForce = PlanShelf['in_force'][number]
export type PlanContent = Schemas['PackContent']
export type PlanComparison = Schemas['Comparison']
export type UnitColours = Schemas['UnitColours']
export type PlanProposal = Schemas['Proposal']
export type ComparisonStarted = Schemas['ComparisonStarted']
export type HoldCase = Schemas['Case']
export type CaseEvidence = HoldCase['evidence'][number]
export type CaseHold = HoldCase['holds'][number]
export type HoldRequest = Schemas['HoldRequest']
export type HoldRequestFile = Schemas['RequestFile']
export type TicketFigures = Schemas['DeskFigures']
export type SecondUnit = Schemas['SecondUnit']
export type TicketMacro = Schemas['Macro']
export type Alert = Schemas['Alert']
export type AlertContact = Schemas['Contact']
export type Device = Schemas['Device']
export type DeviceSecret = Schemas['DeviceSecret']
export type Terminal = Schemas['Terminal']
export type TerminalEnrolment = Schemas['Enrolment']
export type Channel = Schemas['Channel']
export type LinkedChannel = Schemas['Linked']

export type Session = Schemas['Session']
export type Role = Session['role']
export type Permission = Session['permissions'][number]
export type Unit = Schemas['Unit']
export type UnitWithPath = Schemas['UnitDetail']
export type Level = Unit['level']
export type Account = Schemas['Account']
export type Extent = Schemas['Extent']
export type Following = Schemas['Following']
export type Happened = Schemas['Happened']
export type Delegation = Schemas['Delegation']
export type Loan = Schemas['Loan']
export type Share = Schemas['Share']
export type Addressee = Schemas['Addressee']
export type SharedAlert = Schemas['SharedAlert']
export type Checkpoint = Schemas['Checkpoint']
export type Category = Checkpoint['category']

export type VisitRecord = Schemas['Record']
export type VisitDetail = Schemas['RecordDetail']
export type Source = VisitRecord['source']
export type Dashboard = Schemas['Dashboard']
export type Statistics = Schemas['Statistics']
export type Tenant = Schemas['Tenant']
export type Occupancy = Schemas['Occupancy']
export type Vehicle = Schemas['Vehicle']
export type DayTrips = Schemas['DayTrips']
export type Riders = Schemas['Riders']
export type OfflineGate = Schemas['OfflineGate']
export type Wall = Schemas['Wall']
export type Publication = Schemas['Publication']
export type PublicStatistics = Schemas['PublicStatistics']
export type GateCheckpoint = Schemas['GateCheckpoint']
export type GateVisit = Schemas['GateVisit']
export type GateRecent = Schemas['GateRecent']
export type PosterCount = Schemas['PosterCount']
export type PosterLayout = NonNullable<Schemas['PosterRequest']['layout']>
export type AuditEntry = Schemas['Entry']
export type Run = Schemas['Run']
export type Upload = Schemas['Upload']
export type SetupRow = Schemas['SetupRow']

export type Roster = Schemas['Roster']
export type RosterKind = Roster['kind']
export type Member = Schemas['Member']
export type Company = Schemas['Company']
export type CompanyList = Schemas['CompanyList']
export type CompanyDay = Schemas['CompanyDay']
export type DayMember = Schemas['DayMember']
export type ReportPlan = Schemas['Plan']
export type FollowUp = Schemas['FollowUp']
export type FollowUpDetail = Schemas['FollowUpDetail']
export type FollowUpAction = FollowUp['actions'][number]
export type Reported = Schemas['Reported']
export type MyDuty = Omit<Schemas['MyDuty'], 'template' | 'remembered'> & { template: Template; remembered: Answers }
export type MyColour = Schemas['MyColour']
export type ColourReason = MyColour['reasons'][number]

export type Authority = Schemas['Authority']
export type EvidenceKind = Authority['kinds'][number]
export type EvidenceImport = Schemas['EvidenceImport']
export type OwnEvidence = Schemas['OwnEvidence']
export type Signer = Schemas['ListedSigner']

export type Trace = Schemas['Trace']
export type TracePlan = Schemas['TracePlan']
export type FoundCase = Schemas['FoundCase']
export type BadCase = Schemas['BadCase']
export type CasesRead = Schemas['CasesRead']
export type TracedContact = Schemas['TracedContact']
export type ContactEvidence = Schemas['ContactEvidence']
export type TraceDifference = Schemas['Difference']
export type Trajectory = Schemas['Trajectory']
export type InterviewStay = Trajectory['stays'][number]
export type Gap = Schemas['Gap']
export type Companion = Schemas['Companion']
export type InterviewPlace = Schemas['NamedPlace']
export type InterviewWritten = Schemas['WrittenStay']
export type InterviewVersion = Schemas['StayVersion']
export type InterviewAnswers = Schemas['InterviewAnswers']
export type TrajectoryNotice = Schemas['TrajectoryNotice']
export type Funnel = Schemas['Funnel']
export type FunnelPerson = Schemas['FunnelPerson']
export type SourceSearch = Schemas['sources_model_Search']
export type SourceFinding = Schemas['Finding']
